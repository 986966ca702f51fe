//! `neweid man`: a page for the program and one for each subcommand.

use std::fs;

use clap::Command;
use clap_mangen::Man;

use crate::arguments::Man as Arguments;
use crate::document::{Outcome, Page};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{Manner, files, help};

pub(crate) fn run(arguments: &Arguments, manner: Manner) -> Result<(Outcome, Exit), Failure> {
    let mut command = help::command(manner.language);
    // Gives each subcommand the name of its page.
    command.build();
    let mut pages = Vec::new();
    collect(&command, &mut pages)?;
    if let Some(folder) = &arguments.out {
        fs::create_dir_all(folder).map_err(|error| Failure::file(folder, error))?;
        for page in &mut pages {
            let path = folder.join(format!("{}.1", page.name));
            let roff = page.roff.take().unwrap_or_default();
            files::publish(&path, roff.as_bytes())?;
            page.file = Some(path.display().to_string());
        }
    }
    Ok((Outcome::Pages { pages }, Exit::Success))
}

fn collect(command: &Command, pages: &mut Vec<Page>) -> Result<(), Failure> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name());
    let mut roff = Vec::new();
    Man::new(command.clone())
        .source(concat!("neweid ", env!("CARGO_PKG_VERSION")))
        .manual("neweid")
        .render(&mut roff)
        .map_err(Failure::Output)?;
    pages.push(Page {
        name: name.to_owned(),
        file: None,
        roff: Some(String::from_utf8_lossy(&roff).into_owned()),
    });
    let inner = command.get_subcommands();
    for subcommand in inner.filter(|subcommand| subcommand.get_name() != "help") {
        collect(subcommand, pages)?;
    }
    Ok(())
}
