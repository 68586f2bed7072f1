"""The yearly statistics bulletin and the quarterly report, from frozen figures alone."""
