//! `shardplan snapshot`: a live database comes in, what an analysis elsewhere needs of it goes out.

use shardplan::{Catalog, Column};

use crate::arguments::SnapshotArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::source;

/// Prints the catalog of a database.
pub(crate) fn run(arguments: &SnapshotArguments, output: Output) -> Result<(), Failure> {
    let mut catalog = source::database(&arguments.url, output)?;
    if !arguments.common_values {
        forget_common_values(&mut catalog);
    }
    if arguments.redact {
        redact(&mut catalog);
        output.note(format_args!("redacted: what a plan says about the bodies of functions is not found from this"));
    }
    Output::product(&catalog.to_json())
}

/// Takes out the values of users that statistics hold.
pub(crate) fn forget_common_values(catalog: &mut Catalog) {
    columns(catalog).filter_map(|column| column.statistics.as_mut()).for_each(|known| known.common.clear());
}

fn columns(catalog: &mut Catalog) -> impl Iterator<Item = &mut Column> {
    catalog.tables.iter_mut().flat_map(|table| &mut table.columns)
}

/// Takes out what may hold words of the business and decides little: the defaults that draw no numbers, comments, and the bodies
/// of functions.
fn redact(catalog: &mut Catalog) {
    for column in columns(catalog) {
        column.comment = None;
        column.default.take_if(|default| !is_drawn(default));
    }
    for table in &mut catalog.tables {
        table.comment = None;
        table.checks.iter_mut().for_each(|check| check.comment = None);
        let keys = table.primary_key.iter_mut().chain(&mut table.unique);
        keys.for_each(|key| key.comment = None);
        table.indexes.iter_mut().for_each(|index| index.comment = None);
        table.exclusions.iter_mut().for_each(|exclusion| exclusion.comment = None);
    }
    catalog.foreign_keys.iter_mut().for_each(|key| key.comment = None);
    for view in &mut catalog.views {
        view.comment = None;
        view.indexes.iter_mut().for_each(|index| index.comment = None);
    }
    catalog.functions.iter_mut().for_each(|function| function.body.clear());
}

/// Whether a default gives each row a value of its own: what a key promises hangs on that.
fn is_drawn(default: &str) -> bool {
    ["nextval(", "gen_random_uuid()", "uuid_generate_v", "uuidv"].iter().any(|call| default.contains(call))
}
