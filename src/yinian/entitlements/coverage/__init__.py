"""Coverage: of those who are due a service, who receives it."""
