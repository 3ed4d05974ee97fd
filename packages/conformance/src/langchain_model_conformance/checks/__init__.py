"""The checks, a module for each topic; `suites.py` lists what each suite has."""
