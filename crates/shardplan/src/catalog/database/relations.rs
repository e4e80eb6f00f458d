//! Tables and views without what is in them: rows of `pg_class` in, empty tables and views out.

use std::collections::HashMap;

use super::codes::{self, Code, RelationKind, ReplicaIdentityKind, known};
use super::draft::Draft;
use super::session::{Fields, Query, Session};
use crate::catalog::{Persistence, ReplicaIdentity, RowSecurity, Statistics, Table, TableKind, View};
use crate::error::Error;
use crate::name::{Name, TableName};

const QUERY: Query = Query { what: "tables and views", sql: include_str!("relations.sql") };

/// A row of `relations.sql`.
pub(super) struct Relation {
    id: u32,
    pub(super) name: TableName,
    kind: RelationKind,
    persistence: Persistence,
    bound: Option<String>,
    partition_key: Option<String>,
    of_type: Option<String>,
    replica_identity: ReplicaIdentityKind,
    row_security: RowSecurity,
    owner: Name,
    pub(super) extension: Option<Name>,
    statistics: Statistics,
    /// Whether the role may read its column statistics as far as grants go.
    pub(super) readable: bool,
    /// Whether row security hides its column statistics from the role.
    pub(super) row_secured: bool,
}

impl Relation {
    /// Whether it is a table of some kind.
    pub(super) fn is_table(&self) -> bool {
        !matches!(self.kind, RelationKind::View | RelationKind::MaterializedView)
    }
}

/// Reads all relations.
pub(super) fn read(session: &mut Session<'_>) -> Result<Vec<Relation>, Error> {
    session.read(&QUERY, &[], decode)
}

fn decode(mut fields: Fields<'_>) -> Result<Relation, Error> {
    let id = fields.take()?;
    let name = TableName { schema: fields.schema()?, name: fields.name()? };
    let object = || format!("relation `{name}`");
    let kind = known(fields.take()?, codes::relation_kind, "kind", object)?;
    let persistence = known(fields.take()?, codes::persistence, "persistence", object)?;
    let is_partition: bool = fields.take()?;
    let bound = fields.expression()?;
    let partition_key = fields.take()?;
    let of_type = fields.take()?;
    let code: Code = fields.take()?;
    let replica_identity = known(code, codes::replica_identity, "replica identity", object)?;
    let row_security = row_security(fields.take()?, fields.take()?);
    Ok(Relation {
        id,
        kind,
        persistence,
        bound: bound.filter(|_| is_partition),
        partition_key,
        of_type,
        replica_identity,
        row_security,
        owner: fields.name()?,
        extension: fields.optional_name()?,
        statistics: Statistics {
            rows: fields.take::<Option<f32>>()?.map(whole),
            bytes: fields.take::<Option<i64>>()?.map(i64::unsigned_abs),
            writes: fields.take::<Option<i64>>()?.map(i64::unsigned_abs),
        },
        readable: fields.take()?,
        row_secured: fields.take()?,
        name,
    })
}

/// An estimate of rows, which the server keeps as a whole number in a float.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float beyond u64 saturates")]
fn whole(rows: f32) -> u64 {
    rows.max(0.0) as u64
}

fn row_security(on: bool, forced: bool) -> RowSecurity {
    match (on, forced) {
        (false, _) => RowSecurity::Off,
        (true, false) => RowSecurity::On,
        (true, true) => RowSecurity::Forced,
    }
}

/// Puts the relations into an empty draft; the bounds of partitions come back by number, for when their parents are known.
pub(super) fn place(relations: Vec<Relation>) -> (Draft, HashMap<u32, String>) {
    let mut draft = Draft::default();
    let mut bounds = HashMap::new();
    for relation in relations {
        draft.add_name(relation.id, relation.name.clone());
        if relation.is_table() {
            bounds.extend(relation.bound.clone().map(|bound| (relation.id, bound)));
            draft.add_table(relation.id, table(relation));
        } else if relation.extension.is_none() {
            draft.add_view(relation.id, view(relation));
        }
    }
    (draft, bounds)
}

fn table(relation: Relation) -> Table {
    let kind = match relation.kind {
        RelationKind::Partitioned => TableKind::Partitioned(relation.partition_key.unwrap_or_default()),
        RelationKind::Foreign => TableKind::Foreign,
        RelationKind::Ordinary | RelationKind::View | RelationKind::MaterializedView => TableKind::Ordinary,
    };
    let replica_identity = match relation.replica_identity {
        ReplicaIdentityKind::Default => ReplicaIdentity::Default,
        ReplicaIdentityKind::Full => ReplicaIdentity::Full,
        // An index is filled in where it is read; without it, PostgreSQL treats it as nothing.
        ReplicaIdentityKind::Nothing | ReplicaIdentityKind::Index => ReplicaIdentity::Nothing,
    };
    Table {
        kind,
        persistence: relation.persistence,
        of_type: relation.of_type,
        replica_identity,
        row_security: relation.row_security,
        owner: Some(relation.owner),
        extension: relation.extension,
        statistics: Some(relation.statistics),
        ..Table::new(relation.name)
    }
}

fn view(relation: Relation) -> View {
    View {
        name: relation.name,
        materialized: relation.kind == RelationKind::MaterializedView,
        definition: String::new(),
        reads: Vec::new(),
        indexes: Vec::new(),
        comment: None,
    }
}
