"""Telling other systems what happened: events, who subscribes to them, their delivery."""
