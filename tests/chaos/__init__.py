"""The proof under fire: real processes are killed, stores fail, platforms leave us in the dark, and nothing is lost or
doubled. `python3 -m helpdesk chaos` runs it; README says how to read what it prints."""
