//! Tables and views without what is in them: rows of `pg_class` in, empty tables and views out.

use std::collections::HashMap;

use super::codes::{self, Code, RelationKind, ReplicaIdentityKind, known};
use super::draft::Draft;
use super::session::{Fields, Query, Session};
use super::sizes::Counted;
use crate::catalog::{Persistence, ReplicaIdentity, RowSecurity, Statistics, Table, TableKind, View};
use crate::error::Error;
use crate::name::{Name, TableName};

const QUERY: Query = Query { what: "tables and views", sql: include_str!("relations.sql") };
const MEMBERS: Query = Query { what: "the tables of extensions", sql: include_str!("members.sql") };

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
    /// Without the bytes of what is counted.
    statistics: Statistics,
    /// Its bytes alone, as last counted.
    counted: u64,
    toast: u32,
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

/// Reads all relations, by number.
pub(super) fn read(session: &mut Session<'_>) -> Result<Vec<Relation>, Error> {
    let members = session.read(&MEMBERS, &[], |mut fields| Ok((fields.take::<u32>()?, fields.name()?)))?;
    let members: HashMap<u32, Name> = members.into_iter().collect();
    let mut relations = session.read(&QUERY, &[], decode)?;
    for relation in &mut relations {
        relation.extension = members.get(&relation.id).cloned();
    }
    relations.sort_unstable_by_key(|relation| relation.id);
    Ok(relations)
}

fn decode(mut fields: Fields<'_>) -> Result<Relation, Error> {
    let id = fields.take()?;
    let name = TableName { schema: fields.schema()?, name: fields.name()? };
    let object = || format!("relation `{name}`");
    let kind = known(fields.take()?, codes::relation_kind, "kind", object)?;
    let persistence = known(fields.take()?, codes::persistence, "persistence", object)?;
    let bound = fields.expression()?;
    let partition_key = fields.take()?;
    let of_type = fields.take()?;
    let code: Code = fields.take()?;
    let replica_identity = known(code, codes::replica_identity, "replica identity", object)?;
    let row_security = row_security(fields.flag()?, fields.flag()?);
    let owner = fields.name()?;
    let rows = fields.take::<Option<f32>>()?.map(whole);
    let (counted, toast) = (fields.take::<i64>()?.unsigned_abs(), fields.take::<Option<u32>>()?.unwrap_or(0));
    let bytes = fields.take::<Option<i64>>()?.map(i64::unsigned_abs);
    let writes = fields.take::<Option<i64>>()?.map(i64::unsigned_abs);
    Ok(Relation {
        id,
        kind,
        persistence,
        bound,
        partition_key,
        of_type,
        replica_identity,
        row_security,
        owner,
        extension: None,
        statistics: Statistics { rows, bytes, writes },
        counted,
        toast,
        readable: fields.take()?,
        row_secured: fields.flag()?,
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

/// What relations say of tables that only later rows complete.
#[derive(Default)]
pub(super) struct Pending {
    /// The bounds of partitions, by number, for when their parents are known.
    pub(super) bounds: HashMap<u32, String>,
    /// The tables whose indexes count too.
    pub(super) sizes: Vec<Counted>,
}

/// Puts the relations into an empty draft.
pub(super) fn place(relations: Vec<Relation>) -> (Draft, Pending) {
    let mut draft = Draft::default();
    let mut pending = Pending::default();
    for relation in relations {
        draft.add_name(relation.id, relation.name.clone());
        if relation.is_table() {
            pending.bounds.extend(relation.bound.clone().map(|bound| (relation.id, bound)));
            pending.sizes.extend(counted(&relation));
            draft.add_table(relation.id, table(relation));
        } else if relation.extension.is_none() {
            draft.add_view(relation.id, view(relation));
        }
    }
    (draft, pending)
}

fn counted(relation: &Relation) -> Option<Counted> {
    let counts = relation.kind == RelationKind::Ordinary && relation.statistics.bytes.is_none();
    counts.then_some(Counted { table: relation.id, bytes: relation.counted, toast: relation.toast })
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
