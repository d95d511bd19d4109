"""The engine room: claims what is due, renders, sends, records (design section 3).

Only the dispatcher itself imports from here.
"""
