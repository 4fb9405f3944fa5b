"""Rows 177 to 184."""


def moves_silently(client):
    pass
