"""Dead letters back to the input topic: which, how, and how far one got.

selection.py  which dead letters are sent back, and what they look like then
progress.py   what earlier runs have sent, whatever they selected
redrive.py    the loop: read, choose, send, remember
"""
