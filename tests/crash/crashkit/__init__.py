"""What the killed processes know besides Yinian itself: one kind of job, and a client that writes until stopped."""
