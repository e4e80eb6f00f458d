//! Rules: what the planner itself needs, or wants to be known; Citus has no part in it.

use crate::finding::ChoiceIn::{ForeignKeys, Tables};
use crate::finding::Effect::{Advice, Refused};
use crate::finding::Example::{Comparison, Fixture, Simulation};
use crate::finding::FindingRule;
use crate::finding::Severity::{Blocker, Notice, Warning};

#[rustfmt::skip]
pub(super) const RULES: &[FindingRule] = &[
    FindingRule::new("added-column-unsaid", Notice, Advice, Fixture("composite_root"))
        .says("no foreign key ties an added column to the key, so a plan that is made anew after the preparation cannot know it")
        .advises("before planning anew, name it as the table's `column` in the rules"),
    FindingRule::new("application-must-write", Warning, Advice, Fixture("tailspin"))
        .says("the application must write the added distribution column, and name it in its queries")
        .advises("change INSERTs, and the queries that should reach one node only, before the hand-over: until then triggers write the column, and `shardplan.keyless` says what still comes without it"),
    FindingRule::new("atomic-waits", Notice, Advice, Fixture("atomic"))
        .says("all tables are distributed in one transaction, and their writers wait until it ends")
        .advises("run script 50 when they can wait so long, or choose the strategy `combined` or `online`"),
    FindingRule::new("backfill-acts", Warning, Advice, Fixture("triggers"))
        .says("a trigger or a rewrite rule acts on every UPDATE of a table whose rows the backfill updates, one and all")
        .advises("let it name the columns that it is about (UPDATE OF …), or drop it before the backfill; a rule that does something INSTEAD keeps the rows from being filled"),
    FindingRule::new("earlier-preparation", Blocker, Refused, Fixture("earlier_preparation"))
        .says("a trigger of an earlier plan's preparation is still there")
        .advises("carry that plan on until its hand-over (script 45), or take it back with its undo scripts, and plan again")
        .prints("cannot distribute relation \"…\" because it has triggers").state("XX000"),
    FindingRule::new("generated-path", Warning, Advice, Fixture("generated_columns"))
        .says("the key of a table is reached over a generated column, so no trigger can give new rows their key")
        .advises("let the application write the key before the backfill runs, or run the script of the backfill again just before the unique indexes"),
    FindingRule::new("helper-schema", Blocker, Advice, Fixture("taken_names"))
        .says("the schema `shardplan`, in which the backfill keeps its state, is used for something else")
        .advises("move what is in it to another schema"),
    FindingRule::new("limit-unknown", Warning, Advice, Fixture("atomic"))
        .says("nobody knows whether the plan is within the limits of the rules, because the size of a table is unknown")
        .advises("read the catalog from the server after an ANALYZE, or give `rows` under [tables]"),
    FindingRule::new("no-strategy-fits", Blocker, Advice, Comparison("limits"))
        .says("by every strategy that can be planned, writes wait longer than `max_write_block` or a foreign key is unenforced longer than `max_unenforced`")
        .advises("raise the limit, or name a strategy in the rules: its plan is made then, and says what is beyond the limits"),
    FindingRule::new("order-searched", Notice, Advice, Fixture("deep_chain"))
        .says("so many tables go online that not all their orders were compared, and nobody knows whether a better one exists")
        .advises("if foreign keys are unenforced for too long, let the small tables among them be distributed while their writers wait (`rows` or `method` under [tables])"),
    FindingRule::new("refused-step", Blocker, Advice, Simulation("a_step_that_is_moved_is_refused"))
        .says("the simulated cluster refuses a step of the plan")
        .advises("this is a mistake of shardplan: please report it with the schema; meanwhile force the table to be local, or give the foreign key up"),
    FindingRule::new("row-before-reference", Warning, Advice, Fixture("deferrable_keys"))
        .says("a row may come before the row that it references, from which a trigger would give it its key")
        .advises("let the application write the key into such rows before the script of the keys runs: from then on a row without it is refused at once"),
    FindingRule::new("shadow-dependent", Blocker, Advice, Fixture("shadow_refused"))
        .says("something is bound to a table itself, not to its name, and would go on using the old one after the exchange")
        .advises("drop it before the exchange and make it again afterwards, or choose another strategy"),
    FindingRule::new("shadow-foreign-key", Blocker, Advice, Fixture("shadow_refused"))
        .says("a foreign key would go on referencing an old table after the exchange, or could not come at the exchange")
        .advises("give the foreign key up, let both its tables be placed, or choose another strategy")
        .chooses(ForeignKeys, &["drop = true"]),
    FindingRule::new("shadow-table", Blocker, Advice, Fixture("shadow_refused"))
        .says("a table cannot be copied to a shadow and exchanged for it")
        .advises("give it a primary key (or a unique index over columns that are NOT NULL), force it to be local, or choose another strategy")
        .chooses(Tables, &["class = \"local\""]),
    FindingRule::new("size-unknown", Notice, Advice, Fixture("views"))
        .says("a table of unknown size is distributed as a large one")
        .advises("read the catalog from the server after an ANALYZE, or give `rows` under [tables]: small tables are distributed in less time, with their foreign keys in place"),
    FindingRule::new("unenforced-limit", Warning, Advice, Fixture("limits"))
        .says("the strategy that the rules name leaves a foreign key unenforced for longer than `max_unenforced`")
        .advises("leave `strategy` out, so that the plan takes one within the limits, or raise the limit"),
    FindingRule::new("unindexed-path", Notice, Advice, Fixture("tailspin"))
        .says("no index serves the first foreign key of the path from which a table gets its key")
        .advises("build one concurrently on its columns if keys of the referenced rows change, or if its rows are deleted: both search the whole table without it"),
    FindingRule::new("unkept-promise", Blocker, Advice, Simulation("a_step_that_is_left_out_is_missed"))
        .says("the simulated cluster does not end as the plan promises")
        .advises("this is a mistake of shardplan: please report it with the schema; meanwhile force the table to be local, or give the foreign key up"),
    FindingRule::new("write-block-limit", Warning, Advice, Fixture("limits"))
        .says("by the strategy that the rules name, writes to a table wait for longer than `max_write_block`")
        .advises("leave `strategy` out, so that the plan takes one within the limits, or raise the limit"),
];
