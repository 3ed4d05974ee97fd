"""The checks, a module for each topic; `llm.py` and `chat.py` list what each suite has."""
