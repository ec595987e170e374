"""Webhooks: events, who subscribes to them, and their delivery as Standard Webhooks specifies
(https://www.standardwebhooks.com).
"""
