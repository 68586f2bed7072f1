"""Change and time: what was paid for past months held against what was due, as known now."""
