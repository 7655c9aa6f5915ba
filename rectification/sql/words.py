"""The words of a problem, as its index holds them."""

GRAMS = """
CREATE FUNCTION item_grams(said text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
  SELECT coalesce(array_agg(DISTINCT g), '{}') FROM generate_series(1, length(said)) AS i,
    LATERAL (VALUES (substr(said, i, 1)), (substr(said, i, 2))) AS v (g)
$$;
"""
UNDO_GRAMS = "DROP FUNCTION item_grams(text);"
