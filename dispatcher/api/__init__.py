"""The REST API's ground: who may call, how bodies are read, how errors read, and the ledgers.

Domain apps build their own calls on it; `config.api` puts them together under /api/v1/.
"""
