//! What the role may not read and a plan needs: relations in, an error that names the GRANT out.

use std::collections::BTreeSet;

use super::relations::Relation;
use super::session::Session;
use super::version;
use crate::error::Error;
use crate::name::Name;

/// The most tables that a GRANT names one by one.
const NAMED: usize = 5;

/// Refuses to go on when the role is not shown the column statistics of some table: a plan without them would look fine.
///
/// Tables of extensions are not planned, so theirs may stay hidden.
pub(super) fn check(session: &Session<'_>, relations: &[Relation]) -> Result<(), Error> {
    let own = || relations.iter().filter(|relation| relation.is_table() && relation.extension.is_none());
    let unreadable: Vec<_> = own().filter(|relation| !relation.readable).collect();
    if !unreadable.is_empty() {
        return Err(refusal(session, &unreadable, grant(session, &unreadable)));
    }
    let secured: Vec<_> = own().filter(|relation| relation.row_secured).collect();
    if !secured.is_empty() {
        return Err(refusal(session, &secured, format!("ALTER ROLE {} BYPASSRLS", session.role())));
    }
    Ok(())
}

fn refusal(session: &Session<'_>, hidden: &[&Relation], grant: String) -> Error {
    let others = match hidden.len() - 1 {
        0 => String::new(),
        1 => " and of 1 more table".to_owned(),
        n => format!(" and of {n} more tables"),
    };
    let object = format!("the column statistics of `{}`{others}", hidden[0].name);
    Error::NotPermitted { role: session.role().clone(), object, grant }
}

/// One statement that lets the role read these tables.
fn grant(session: &Session<'_>, unreadable: &[&Relation]) -> String {
    let role = session.role();
    if unreadable.len() <= NAMED {
        let tables: Vec<_> = unreadable.iter().map(|relation| relation.name.qualified().to_string()).collect();
        return format!("GRANT SELECT ON {} TO {role}", tables.join(", "));
    }
    if version::has_read_all_data(session.version()) {
        return format!("GRANT pg_read_all_data TO {role}");
    }
    let schemas: BTreeSet<&Name> = unreadable.iter().map(|relation| &relation.name.schema).collect();
    let schemas: Vec<_> = schemas.into_iter().map(ToString::to_string).collect();
    format!("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {role}", schemas.join(", "))
}
