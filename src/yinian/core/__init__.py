"""Base floor: users and scope, regions, audit chain, jobs, inbox, fields, sheets, calendar, page components."""
