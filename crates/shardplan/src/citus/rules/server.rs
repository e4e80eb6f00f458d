//! Rules: settings and versions of the server, as far as the catalog has them.

use crate::finding::Effect::{Advice, Lost, Refused};
use crate::finding::Example::{Gate, Server};
use crate::finding::FindingRule;
use crate::finding::Severity::{Blocker, Warning};

#[rustfmt::skip]
pub(super) const RULES: &[FindingRule] = &[
    FindingRule::new("citus-missing", Blocker, Refused, Gate("CitusIsReady"))
        .says("the distribution needs the extension, not older than 11.1, with the coordinator in its metadata and a worker")
        .advises("the script of the distribution stops with what to do")
        .prints("operation is not allowed when coordinator is not added into metadata").state("XX000"),
    FindingRule::new("not-null-scan", Warning, Advice, Server("tailspin"))
        .says("on PostgreSQL 11 a column becomes NOT NULL by a scan under a lock that everybody waits for")
        .advises("upgrade to PostgreSQL 12 or later before, or run the script of the keys in a quiet hour"),
    FindingRule::new("output-plugin", Warning, Refused, Server("tailspin"))
        .says("a server with the setting output_plugin_libraries (PostgreSQL 15.19 has it) refuses Citus's output plugin, and create_distributed_table_concurrently fails half-way")
        .advises("on the coordinator: ALTER DATABASE … SET output_plugin_libraries TO pgoutput, test_decoding, citus")
        .prints("library \"citus\" may not be used as an output plugin").state("XX000"),
    FindingRule::new("replication-factor", Blocker, Refused, Server("tailspin"))
        .says("with more than one copy of each shard, Citus accepts neither foreign keys nor the concurrent function")
        .advises("set citus.shard_replication_factor to 1, and keep copies by streaming replication")
        .prints("cannot create foreign key constraint").state("0A000")
        .details("Citus currently supports foreign key constraints only for \"citus.shard_replication_factor = 1\"."),
    FindingRule::new("replication-slots", Warning, Refused, Server("tailspin"))
        .says("create_distributed_table_concurrently needs a replication slot and a WAL sender per worker on the coordinator")
        .advises("raise max_replication_slots and max_wal_senders, and restart the coordinator")
        .prints("all replication slots are in use").state("53400"),
    FindingRule::new("server-version", Warning, Advice, Server("tailspin"))
        .says("the server is of a PostgreSQL version that the target does not run on")
        .advises("upgrade the server, or name the target in the rules (`target = \"…\"`)"),
    FindingRule::new("unsafe-constraints", Warning, Lost, Server("tailspin"))
        .says("citus.allow_unsafe_constraints lets unique constraints pass that no node enforces as a whole")
        .advises("set it to off"),
    FindingRule::new("wal-level", Warning, Refused, Server("tailspin"))
        .says("create_distributed_table_concurrently needs wal_level = logical on the coordinator, and fails half-way without it")
        .advises("set it and restart the coordinator; preparation and blocking distribution do not need it")
        .prints("logical decoding requires wal_level >= logical").state("XX000"),
];
