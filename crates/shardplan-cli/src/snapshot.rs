//! `shardplan snapshot`: a live database comes in, what an analysis elsewhere needs of it goes out.

use shardplan::{Catalog, Column};

use crate::arguments::SnapshotArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::redact::redact;
use crate::source;

/// Prints the catalog of a database.
pub(crate) fn run(arguments: &SnapshotArguments, output: Output) -> Result<(), Failure> {
    let mut catalog = source::database(&arguments.url, output)?;
    if !arguments.common_values {
        forget_common_values(&mut catalog);
    }
    if arguments.redact {
        redact(&mut catalog);
        output.note(format_args!("redacted: what a plan says about the bodies of functions is not found from this; names, and literals that scripts are written with, stay (see --help)"));
    }
    Output::product(&catalog.to_json())
}

/// Takes out the values of users that statistics hold.
pub(crate) fn forget_common_values(catalog: &mut Catalog) {
    columns(catalog).filter_map(|column| column.statistics.as_mut()).for_each(|known| known.common.clear());
}

pub(crate) fn columns(catalog: &mut Catalog) -> impl Iterator<Item = &mut Column> {
    catalog.tables.iter_mut().flat_map(|table| &mut table.columns)
}
