"""Pure computation on plain data: no Django, no input or output."""
