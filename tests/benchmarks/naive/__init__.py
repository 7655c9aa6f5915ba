"""The yardstick of the sync benchmark: one endpoint as the DRF tutorial writes it, served by
the same gunicorn. It is left as it is; nobody tunes it.

It saves the visit alone: no problem, no event, no answer by record, no look at who helps whom.
"""
