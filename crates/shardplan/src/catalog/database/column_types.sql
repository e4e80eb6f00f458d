-- The names of types with their modifiers ($1 type, $2 modifier) and their collations, in the order asked for.
SELECT format_type(asked.type, asked.modifier), COALESCE(t.typcollation, 0)
FROM unnest($1::oid[], $2::int4[]) WITH ORDINALITY AS asked (type, modifier, position)
    LEFT JOIN pg_type AS t ON t.oid = asked.type
ORDER BY asked.position
