//! Values of any type: the name of a type and a number come in, the text of a value that says the number goes out. Different
//! numbers give different values, as far as the type has so many.

use std::collections::BTreeMap;

use shardplan::{Catalog, TypeKind};

/// The types that a schema defines, by the names that its columns have them under.
pub(crate) struct Types<'c> {
    defined: BTreeMap<String, &'c TypeKind>,
}

impl<'c> Types<'c> {
    pub(crate) fn of(catalog: &'c Catalog) -> Self {
        let defined = catalog.types.iter().map(|one| (one.name.to_string(), &one.kind));
        let qualified = catalog.types.iter().map(|one| (one.name.qualified().to_string(), &one.kind));
        Self { defined: defined.chain(qualified).collect() }
    }

    /// The text of a value.
    pub(crate) fn value(&self, data_type: &str, number: u64) -> String {
        if let Some(element) = data_type.strip_suffix("[]") {
            return format!("{{{}}}", quoted(&self.value(element, number)));
        }
        match self.defined.get(data_type) {
            Some(TypeKind::Enum(labels)) if !labels.is_empty() => labels[number as usize % labels.len()].clone(),
            Some(TypeKind::Domain(of)) => self.value(of.as_str(), number),
            Some(TypeKind::Composite(attributes)) => {
                let values = attributes.iter().map(|(_, of)| quoted(&self.value(of.as_str(), number)));
                format!("({})", values.collect::<Vec<_>>().join(","))
            }
            Some(TypeKind::Range(of)) => self.range(of.as_str(), number),
            _ => self.built_in(data_type, number),
        }
    }

    fn range(&self, of: &str, number: u64) -> String {
        let [from, to] = [number, number + 1].map(|bound| quoted(&self.value(of, bound)));
        format!("[{from},{to})")
    }

    fn built_in(&self, data_type: &str, number: u64) -> String {
        let (name, modifier) = parts(data_type);
        let length = modifier.first().copied();
        match name.as_str() {
            "smallint" => (number % 32_000).to_string(),
            "integer" | "bigint" | "real" | "double precision" | "oid" | "money" => number.to_string(),
            "numeric" => (number % 10_u64.pow(whole_digits(&modifier))).to_string(),
            "boolean" => (!number.is_multiple_of(2)).to_string(),
            "character" => last(&format!("{number:0>40}"), length.unwrap_or(1)),
            "uuid" => format!("00000000-0000-4000-8000-{number:012x}"),
            "bytea" => format!("\\x{number:010x}"),
            "json" | "jsonb" => format!("{{\"n\": {number}}}"),
            "xml" => format!("<n>{number}</n>"),
            "date" => date(number),
            "interval" => format!("{number} minutes"),
            "bit" => last(&format!("{number:0>64b}"), length.unwrap_or(1)),
            "bit varying" => last(&format!("{number:b}"), length.unwrap_or(64)),
            "inet" | "cidr" => format!("10.{}.{}.{}", (number >> 16) % 256, (number >> 8) % 256, number % 256),
            "macaddr" => {
                format!("08:00:2b:{:02x}:{:02x}:{:02x}", (number >> 16) % 256, (number >> 8) % 256, number % 256)
            }
            "point" => format!("({number},{number})"),
            "int4range" => self.range("integer", number),
            "int8range" | "numrange" => self.range("bigint", number),
            "daterange" => self.range("date", number),
            "tsrange" | "tstzrange" => self.range("timestamp", number),
            _ if name.starts_with("timestamp") => format!("{} {}", date(number), time(number)),
            _ if name.starts_with("time") => time(number),
            // Lower case letters and digits: what most checks of a text want, and a word for a text search.
            _ => last(&format!("v{number}"), length.unwrap_or(usize::MAX)),
        }
    }
}

/// Of `numeric(p,s)` the digits before the point; not more than a number of ours has.
fn whole_digits(modifier: &[usize]) -> u32 {
    let of = |at: usize| modifier.get(at).copied().unwrap_or(0);
    if modifier.is_empty() { 18 } else { of(0).saturating_sub(of(1)).min(18) as u32 }
}

fn last(text: &str, length: usize) -> String {
    text[text.len().saturating_sub(length)..].to_owned()
}

fn date(number: u64) -> String {
    format!("20{:02}-{:02}-{:02}", 10 + number / 336 % 30, 1 + number / 28 % 12, 1 + number % 28)
}

fn time(number: u64) -> String {
    format!("{:02}:{:02}:{:02}", number / 3600 % 24, number / 60 % 60, number % 60)
}

/// A part of an array, a row or a range.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `numeric(5,2)` and `timestamp(3) without time zone` without and with the numbers; an extension's type without its schema.
fn parts(data_type: &str) -> (String, Vec<usize>) {
    let Some((name, rest)) = data_type.split_once('(') else { return (data_type.to_owned(), Vec::new()) };
    let numbers = rest.split(')').next().unwrap_or_default().split(',');
    (name.to_owned(), numbers.filter_map(|number| number.trim().parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use shardplan_testkit::shared;

    /// What the server takes, and tells from its neighbour.
    #[test]
    fn every_type_has_values() {
        let database = shared().fresh_database();
        let defined = "CREATE TYPE mood AS ENUM ('low', 'high'); CREATE DOMAIN short AS character varying(3);
            CREATE TYPE pair AS (a integer, b text[]); CREATE TYPE span AS RANGE (subtype = date);";
        database.psql(&format!("{defined} CREATE TABLE t (a mood, b short, c pair, d span)")).unwrap();
        let catalog = crate::read(&database.url());
        let types = Types::of(&catalog);
        let columns = catalog.tables[0].columns.iter().map(|column| column.data_type.as_str());
        let built_in = "smallint,integer,bigint,real,double precision,numeric,numeric(5;2),numeric(2;2),money,boolean,text,\
            character varying(2),character(4),\"char\",name,uuid,bytea,json,jsonb,xml,date,interval,bit(3),bit varying(5),\
            inet,cidr,macaddr,point,int4range,daterange,tsrange,timestamp(3) without time zone,time with time zone,tsvector,\
            text[],jsonb[],numeric(4;1)[],pair[]";
        let mut client = database.connect().unwrap();
        for name in columns.map(str::to_owned).chain(built_in.split(',').map(|name| name.replace(';', ","))) {
            for number in [0, 1, 7, 4_321] {
                let value = types.value(&name, number).replace('\'', "''");
                let taken = client.batch_execute(&format!("SELECT '{value}'::{name}"));
                assert!(taken.is_ok(), "{name}: {value}: {taken:?}");
            }
        }
        assert_ne!(types.value("uuid", 1), types.value("uuid", 2));
    }
}
