"""Model Context Protocol server: the log's questions and records as tools for an AI agent, over stdio.

Texts that other people wrote leave it in one place only: the field ``untrusted_text`` of the tool ``get_text``.
"""
