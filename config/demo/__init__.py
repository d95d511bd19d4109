"""`make demo`: the whole service on one machine, with sample orders and somewhere to send them.

`python -m config.demo` prepares a directory (database, keys, logs), fills the database by the
services that operators' pages use, runs everything under the supervisor and tells a story.
"""
