//! The targets of a plan: a name or a version of the extension comes in, what is known about that Citus goes out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A Citus that a plan is made for: a release, or a service that runs one.
///
/// Its text form is `citus-13.2`, `azure-elastic` or `cosmosdb-pg`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Profile {
    /// Citus 11.3.
    Citus11_3,
    /// Citus 12.1.
    Citus12_1,
    /// Citus 13.0.
    Citus13_0,
    /// Citus 13.2.
    #[default]
    Citus13_2,
    /// Citus 14.0.
    Citus14_0,
    /// Elastic clusters of Azure Database for PostgreSQL.
    AzureElastic,
    /// Azure Cosmos DB for PostgreSQL.
    CosmosDbPostgres,
}

/// Where from it is known what a Citus accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Evidence {
    /// It was tried.
    Measured,
    /// The changelog and the sources of Citus say what differs from the one that was measured.
    Changelog,
    /// As [`Changelog`](Evidence::Changelog), for the release that the documentation of the service names.
    ServiceDocumentation,
}

impl Profile {
    /// All of them: releases from old to new, then services.
    pub const ALL: [Self; 7] = [
        Self::Citus11_3,
        Self::Citus12_1,
        Self::Citus13_0,
        Self::Citus13_2,
        Self::Citus14_0,
        Self::AzureElastic,
        Self::CosmosDbPostgres,
    ];

    /// The release of Citus whose rules hold: major and minor version.
    #[must_use]
    pub fn release(self) -> (u16, u16) {
        match self {
            Self::Citus11_3 => (11, 3),
            Self::Citus12_1 => (12, 1),
            Self::Citus13_0 => (13, 0),
            Self::Citus13_2 => (13, 2),
            Self::Citus14_0 => (14, 0),
            // The oldest release that runs on the PostgreSQL version of the service.
            Self::AzureElastic => (13, 0),
            // The newest release that the service is known to have.
            Self::CosmosDbPostgres => (12, 1),
        }
    }

    /// The major versions of PostgreSQL that it runs on.
    #[must_use]
    pub fn postgres(self) -> &'static [u32] {
        match self {
            // Changelog: 12.0 drops 13; 11.1.3 came with 15.
            Self::Citus11_3 => &[13, 14, 15],
            // Changelog: 12.0 drops 13, 12.1 came with 16.
            Self::Citus12_1 => &[14, 15, 16],
            // Changelog: 13.0 came with 17, 13.0.1 drops 14.
            Self::Citus13_0 | Self::Citus13_2 => &[15, 16, 17],
            // Changelog: 14.0 came with 18 and drops 15.
            Self::Citus14_0 => &[16, 17, 18],
            // Documentation of the service, limitations of elastic clusters.
            Self::AzureElastic => &[17],
            // What its release of Citus runs on.
            Self::CosmosDbPostgres => &[14, 15, 16],
        }
    }

    /// Whether somebody can be superuser there: the services of Azure keep that role to themselves (their documentation).
    #[must_use]
    pub fn has_superuser(self) -> bool {
        !matches!(self, Self::AzureElastic | Self::CosmosDbPostgres)
    }

    /// Where from its rules are known.
    #[must_use]
    pub fn evidence(self) -> Evidence {
        match self {
            // 13.2.2 with PostgreSQL 15.20.
            Self::Citus13_2 => Evidence::Measured,
            Self::AzureElastic | Self::CosmosDbPostgres => Evidence::ServiceDocumentation,
            Self::Citus11_3 | Self::Citus12_1 | Self::Citus13_0 | Self::Citus14_0 => Evidence::Changelog,
        }
    }

    /// The release for a version of the extension such as `13.2-1`: the newest one that is not newer, or the oldest one.
    pub(crate) fn of_extension(version: &str) -> Option<Self> {
        let mut numbers = version.split(['.', '-']).map(str::parse::<u16>);
        let (Some(Ok(major)), Some(Ok(minor))) = (numbers.next(), numbers.next()) else { return None };
        let releases = Self::ALL.into_iter().filter(|profile| profile.has_superuser());
        releases.clone().rfind(|profile| profile.release() <= (major, minor)).or_else(|| releases.clone().next())
    }

    fn name(self) -> &'static str {
        match self {
            Self::Citus11_3 => "citus-11.3",
            Self::Citus12_1 => "citus-12.1",
            Self::Citus13_0 => "citus-13.0",
            Self::Citus13_2 => "citus-13.2",
            Self::Citus14_0 => "citus-14.0",
            Self::AzureElastic => "azure-elastic",
            Self::CosmosDbPostgres => "cosmosdb-pg",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Measured => "measured on Citus 13.2.2 with PostgreSQL 15.20",
            Self::Changelog => "measured on Citus 13.2.2, with what the changelog and the sources of Citus say differs",
            Self::ServiceDocumentation => {
                "measured on Citus 13.2.2, with what the changelog of Citus and the documentation of the service say differs"
            }
        })
    }
}

impl FromStr for Profile {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|profile| profile.name() == text).ok_or_else(|| Error::UnknownTarget {
            text: text.to_owned(),
            choices: Self::ALL.map(|profile| format!("`{profile}`")).join(", "),
        })
    }
}

impl TryFrom<String> for Profile {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Profile> for String {
    fn from(profile: Profile) -> Self {
        profile.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Profile;

    #[test]
    fn a_profile_is_read_as_it_is_written() {
        for profile in Profile::ALL {
            assert_eq!(profile.to_string().parse::<Profile>().unwrap(), profile);
            assert!(profile.postgres().is_sorted());
        }
        let error = "citus-9".parse::<Profile>().unwrap_err().to_string();
        assert!(error.contains("`citus-9`") && error.contains("`citus-13.2`") && error.contains("`cosmosdb-pg`"));
    }

    #[test]
    fn the_extension_tells_the_release() {
        let of = Profile::of_extension;
        assert_eq!(of("13.2-1"), Some(Profile::Citus13_2));
        assert_eq!(of("13.1-1"), Some(Profile::Citus13_0));
        assert_eq!(of("12.0-1"), Some(Profile::Citus11_3));
        assert_eq!(of("10.2-5"), Some(Profile::Citus11_3));
        assert_eq!(of("15.0.1"), Some(Profile::Citus14_0));
        assert_eq!(of("nightly"), None);
    }
}
