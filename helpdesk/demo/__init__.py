"""The demo workspace: a small fashion shop's desk with people, conversations of today and two months of history."""
