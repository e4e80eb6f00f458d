-- The names of types with their modifiers ($1 type, $2 modifier), in the order asked for.
SELECT format_type(asked.type, asked.modifier)
FROM unnest($1::oid[], $2::int4[]) WITH ORDINALITY AS asked (type, modifier, position)
ORDER BY asked.position
