"""Which marks of the roster stand red, as SQL over household h: one definition for the night's
questions here and for the close-out of items above."""


def somebody(condition: str) -> str:
    return f"EXISTS (SELECT 1 FROM households_member m WHERE m.household_id = h.id AND m.left_on IS NULL AND {condition})"


HOUSE = "h.unsafe_house"
WATER = "h.safe_water IS FALSE"
SCHOOL = somebody("m.school ~ '失学|辍学'")
INSURANCE = somebody("m.insured IS FALSE")
