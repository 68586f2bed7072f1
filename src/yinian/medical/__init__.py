"""Medical care of older people: what homes have agreed with hospitals, referrals, what is known of a person's health,
family doctors, yearly check-ups, and in which of the linked beds somebody lies."""
