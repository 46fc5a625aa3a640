"""The agents' screens: what happened is told to the rooms that may hear it, and found again by the cursor."""
