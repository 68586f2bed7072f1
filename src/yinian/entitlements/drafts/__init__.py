"""What-ifs: drafts of changes to the service list, what they would do, and their way into force as amendments."""
