"""LangChain's and LangGraph's own tests, run on `ChatEcho`."""
