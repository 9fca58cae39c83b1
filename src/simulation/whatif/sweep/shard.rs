//! Which share of a sweep a computer takes: as it is told, or by its number among the jobs of a batch.

use std::str::FromStr;

/// A part of the cells: share `number` of `of`, from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shard {
    number: u32,
    of: u32,
}

/// How a batch system numbers the jobs of an array.
struct Batch {
    index: &'static str,
    /// Variable with the number of the first job, and that number where it is not set.
    first: (Option<&'static str>, u32),
    count: Count,
}

enum Count {
    Given(&'static str),
    /// Variable with the number of the last job.
    Last(&'static str),
    Unknown,
}

/// Says how many jobs there are where the batch system does not.
const SHARDS: &str = "TWINSCOPE_SHARDS";

/// After the manuals: Slurm sbatch "Job arrays", AWS Batch "Array jobs", Kubernetes "Indexed Job",
/// Grid Engine qsub(1), PBS Professional user's guide "Job arrays".
const BATCHES: [Batch; 5] = [
    Batch {
        index: "SLURM_ARRAY_TASK_ID",
        first: (Some("SLURM_ARRAY_TASK_MIN"), 0),
        count: Count::Given("SLURM_ARRAY_TASK_COUNT"),
    },
    Batch { index: "AWS_BATCH_JOB_ARRAY_INDEX", first: (None, 0), count: Count::Given("AWS_BATCH_JOB_ARRAY_SIZE") },
    Batch { index: "JOB_COMPLETION_INDEX", first: (None, 0), count: Count::Unknown },
    Batch { index: "SGE_TASK_ID", first: (Some("SGE_TASK_FIRST"), 1), count: Count::Last("SGE_TASK_LAST") },
    Batch { index: "PBS_ARRAY_INDEX", first: (None, 1), count: Count::Unknown },
];

/// Grid Engine sets its variables to this in jobs that are not of an array.
const NOT_SET: &str = "undefined";

impl Shard {
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// The share of a job of an array, from its environment; none where this is no such job.
    ///
    /// # Errors
    /// In words, where numbers are missing, are none, or do not go together.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, String> {
        let get = |name: &str| get(name).filter(|text| !text.is_empty() && text != NOT_SET);
        let number = |name: &str| get(name).map(|text| whole(name, &text)).transpose();
        let Some((batch, index)) = BATCHES.iter().find_map(|batch| Some((batch, get(batch.index)?))) else {
            return Ok(None);
        };
        let index = whole(batch.index, &index)?;
        let (variable, default) = batch.first;
        let first = variable.map(number).transpose()?.flatten().unwrap_or(default);
        let given = match batch.count {
            Count::Given(name) => number(name)?,
            Count::Last(name) => number(name)?.map(|last| last.saturating_sub(first).saturating_add(1)),
            Count::Unknown => None,
        };
        let name = batch.index;
        let of = match given {
            Some(of) => of,
            None => number(SHARDS)?.ok_or_else(|| {
                format!(
                    "{name} is {index}, but nothing says how many jobs there are. Nothing was run. \
                     Set {SHARDS} to their number in all of them."
                )
            })?,
        };
        match index.checked_sub(first) {
            Some(place) if place < of => Ok(Some(Self { number: place + 1, of })),
            _ => Err(format!(
                "{name} is {index}, expected {of} jobs with numbers from {first} on without gaps. Nothing was run. \
                 Number the jobs of the array one by one."
            )),
        }
    }

    /// True where the cell of this number, from 0, is of the share.
    pub(super) fn holds(self, place: u32) -> bool {
        place % self.of == self.number - 1
    }
}

fn whole(name: &str, text: &str) -> Result<u32, String> {
    let wrong = || {
        let shown: String = text.chars().take(60).collect();
        format!("{name} is \"{shown}\", expected a whole number. Nothing was run. Set it right or unset it.")
    };
    text.trim().parse().map_err(|_| wrong())
}

/// `2/4`
impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("\"{text}\" is not a share; write it like 2/4, for the second of four");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let (number, of) = (number.trim().parse().map_err(|_| wrong())?, of.trim().parse().map_err(|_| wrong())?);
        if (1..=of).contains(&number) { Ok(Self { number, of }) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Option<Shard>, String> {
        Shard::from_env(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, text)| (*text).to_owned()))
    }

    #[test]
    fn shares_are_read_or_refused() {
        assert_eq!("2/4".parse(), Ok(Shard { number: 2, of: 4 }));
        for wrong in ["0/2", "3/2", "1", "1/0", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_batch_system_numbers_its_jobs_in_its_own_way() {
        let second_of_four = Ok(Some(Shard { number: 2, of: 4 }));
        let slurm = |id, min| {
            from(&[("SLURM_ARRAY_TASK_ID", id), ("SLURM_ARRAY_TASK_MIN", min), ("SLURM_ARRAY_TASK_COUNT", "4")])
        };
        assert_eq!(slurm("1", "0"), second_of_four);
        assert_eq!(slurm("2", "1"), second_of_four);
        let shards = ("TWINSCOPE_SHARDS", "4");
        let aws = ("AWS_BATCH_JOB_ARRAY_INDEX", "1");
        assert_eq!(from(&[aws, ("AWS_BATCH_JOB_ARRAY_SIZE", "4"), ("TWINSCOPE_SHARDS", "9")]), second_of_four);
        assert_eq!(from(&[aws, shards]), second_of_four);
        assert_eq!(from(&[("JOB_COMPLETION_INDEX", "1"), shards]), second_of_four);
        assert_eq!(from(&[("SGE_TASK_ID", "2"), ("SGE_TASK_LAST", "4")]), second_of_four);
        assert_eq!(from(&[("PBS_ARRAY_INDEX", "2"), shards]), second_of_four);
    }

    #[test]
    fn a_job_that_is_not_of_an_array_has_no_share() {
        assert_eq!(from(&[("TWINSCOPE_SHARDS", "4")]), Ok(None));
        assert_eq!(from(&[("SGE_TASK_ID", "undefined"), ("SGE_TASK_LAST", "undefined")]), Ok(None));
    }

    #[test]
    fn environments_that_make_no_sense_are_refused_in_words() {
        let refused = |variables: &[(&str, &str)]| from(variables).expect_err("it makes no sense");
        let text = refused(&[("JOB_COMPLETION_INDEX", "1")]);
        assert!(text.contains("Set TWINSCOPE_SHARDS"), "{text}");
        let text = refused(&[("PBS_ARRAY_INDEX", "0"), ("TWINSCOPE_SHARDS", "4")]);
        assert!(text.contains("PBS_ARRAY_INDEX is 0, expected 4 jobs with numbers from 1 on"), "{text}");
        let text = refused(&[("SLURM_ARRAY_TASK_ID", "9"), ("SLURM_ARRAY_TASK_COUNT", "4")]);
        assert!(text.contains("without gaps"), "{text}");
        for wrong in ["", "-1", "4294967296", "two"] {
            let found = from(&[("AWS_BATCH_JOB_ARRAY_INDEX", "1"), ("TWINSCOPE_SHARDS", wrong)]);
            assert!(found.as_ref().is_err_and(|text| text.contains("TWINSCOPE_SHARDS")), "{wrong}: {found:?}");
        }
        assert!(from(&[("JOB_COMPLETION_INDEX", "0"), ("TWINSCOPE_SHARDS", "0")]).is_err());
    }
}
