"""Visits that arrive in batches: from phones that were in a valley, from township systems.

`records` is what a sender may say, `statements` the SQL that looks all of it up and writes all
of it, however many they are. The action is `households.actions.receiving.receive`.
"""
