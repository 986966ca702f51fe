//! How far sequences got: a run in which nothing is reached shows nothing.

/// How far sequences got.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct Run {
    pub(in super::super) commands: u32,
    pub(in super::super) sessions: u32,
    pub(in super::super) wrong_passwords: u32,
    pub(in super::super) certificates: u32,
    pub(in super::super) signatures: u32,
    pub(in super::super) signatures_refused: u32,
    pub(in super::super) proven: u32,
    /// Answers with bytes of a file behind PACE.
    pub(in super::super) open: u32,
    /// Those with bytes of the protected zone among them.
    pub(in super::super) protected_zone: u32,
    /// Reads of a group that were refused.
    pub(in super::super) closed: u32,
    pub(in super::super) written: u32,
    pub(in super::super) managed: u32,
    /// Questions answered with yes or no.
    pub(in super::super) answers: u32,
    pub(in super::super) identified: u32,
}

impl Run {
    pub(in super::super) fn add(&mut self, other: Self) {
        let Self {
            commands,
            sessions,
            wrong_passwords,
            certificates,
            signatures,
            signatures_refused,
            proven,
            open,
            protected_zone,
            closed,
            written,
            managed,
            answers,
            identified,
        } = other;
        for (sum, more) in [
            (&mut self.commands, commands),
            (&mut self.sessions, sessions),
            (&mut self.wrong_passwords, wrong_passwords),
            (&mut self.certificates, certificates),
            (&mut self.signatures, signatures),
            (&mut self.signatures_refused, signatures_refused),
            (&mut self.proven, proven),
            (&mut self.open, open),
            (&mut self.protected_zone, protected_zone),
            (&mut self.closed, closed),
            (&mut self.written, written),
            (&mut self.managed, managed),
            (&mut self.answers, answers),
            (&mut self.identified, identified),
        ] {
            *sum += more;
        }
    }
}
