-- Relations that an extension owns, with its name.
SELECT member.objid, member.extname
FROM {members_of_class} AS member
