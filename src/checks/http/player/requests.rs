//! Requests of a transcript: sent once, in the background, one after another, or all at once.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::Value;
use tokio::time::timeout;

use super::{HEAD_START, Player, SHOWN, Stop, Waiting, address, within};
use crate::checks::http::compare::{compare, counts_line, sent_lines, status_words};
use crate::checks::http::exchange::{Came, Connection, NoAnswer, Sent};
use crate::checks::http::matching::Fitting;
use crate::checks::http::player::FaultKind;
use crate::model::{Answer, Body, Often, Request, Statuses, Step};

impl<'t> Player<'t, '_> {
    fn sent(&self, request: &Request, number: Option<u32>) -> Sent {
        let mut variables = self.variables.clone();
        if let Some(number) = number {
            variables.insert("n".to_owned(), Value::from(number));
        }
        let fitting = Fitting::new(&variables);
        let mut headers: Vec<(String, String)> = request
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), fitting.fill(value)))
            .collect();
        let body = match &request.body {
            Body::Nothing => Vec::new(),
            Body::Text(template) => fitting.fill(template).into_bytes(),
            Body::Json(shape) => {
                if !headers
                    .iter()
                    .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
                {
                    headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
                }
                fitting.value(shape).to_string().into_bytes()
            }
        };
        Sent {
            method: request.method.clone(),
            target: fitting.fill(&request.target),
            headers,
            body,
        }
    }

    pub(super) async fn request(
        &mut self,
        index: usize,
        step: &'t Step,
        request: &'t Request,
    ) -> Result<(), Stop> {
        match request.often {
            Often::Once if request.background => {
                let sent = self.sent(request, None);
                let host = address(self.port);
                let (connected, asked) = (self.connection().await, sent.clone());
                let mut task = tokio::spawn(async move { connected?.ask(&host, &asked).await });
                // A signal that comes next finds the request under way.
                let early = timeout(HEAD_START, &mut task).await;
                let task = match early {
                    Ok(Ok(result)) => tokio::spawn(async { result }),
                    Ok(Err(_)) | Err(_) => task,
                };
                self.waiting.push(Waiting {
                    step: index,
                    of: step,
                    request,
                    sent,
                    task,
                });
                Ok(())
            }
            Often::Once => {
                let sent = self.sent(request, None);
                self.title(step, "");
                let host = address(self.port);
                let asking = async { self.connection().await?.ask(&host, &sent).await };
                let came = within(step.timeout, asking).await;
                self.answered(index, step, request, &sent, came).await
            }
            Often::Repeat(times) => self.repeat(index, step, request, times).await,
            Often::Parallel(times) => {
                let host = address(self.port);
                let all: Vec<Sent> = (1..=times)
                    .map(|number| self.sent(request, Some(number)))
                    .collect();
                // All are connected before the first is sent, so that they meet.
                let connections = join_all(all.iter().map(|_| self.connection())).await;
                let asking = connections.into_iter().zip(&all).map(|(connection, sent)| {
                    let host = &host;
                    within(
                        step.timeout,
                        async move { connection?.ask(host, sent).await },
                    )
                });
                let results = join_all(asking).await;
                let more = format!(" ({times} at once)");
                self.several(index, step, request, &all, results, &more)
                    .await
            }
        }
    }

    async fn connection(&self) -> Result<Connection, NoAnswer> {
        let stream = self.service.connect(self.port).await;
        let stream = stream.map_err(|error| NoAnswer::Unreachable(error.to_string()))?;
        Connection::over(stream).await
    }

    /// Over one connection for as long as the service keeps it.
    async fn repeat(
        &mut self,
        index: usize,
        step: &Step,
        request: &Request,
        times: u32,
    ) -> Result<(), Stop> {
        let host = address(self.port);
        let mut all = Vec::new();
        let mut results = Vec::new();
        let mut kept: Option<Connection> = None;
        for number in 1..=times {
            let sent = self.sent(request, Some(number));
            let asking = async {
                let mut connection = match kept.take() {
                    Some(connection) => connection,
                    None => self.connection().await?,
                };
                if !connection.is_open().await {
                    connection = self.connection().await?;
                }
                let came = connection.ask(&host, &sent).await?;
                Ok((connection, came))
            };
            let result = within(step.timeout, asking).await;
            all.push(sent);
            match result {
                Ok((connection, came)) => {
                    kept = Some(connection);
                    results.push(Ok(came));
                }
                Err(why) => {
                    results.push(Err(why));
                    break;
                }
            }
        }
        let more = format!(" ({times} times)");
        self.several(index, step, request, &all, results, &more)
            .await
    }

    pub(super) async fn finish(&mut self, waiting: Waiting<'t>) -> Result<(), Stop> {
        let Waiting {
            step: index,
            of,
            request,
            sent,
            mut task,
        } = waiting;
        self.title(of, " (answer)");
        let came = match timeout(of.timeout, &mut task).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(NoAnswer::Closed),
            Err(_) => {
                task.abort();
                Err(NoAnswer::Silent)
            }
        };
        self.answered(index, of, request, &sent, came).await
    }

    /// Takes the answer to a request that was sent once.
    async fn answered(
        &mut self,
        index: usize,
        step: &Step,
        request: &Request,
        sent: &Sent,
        came: Result<Came, NoAnswer>,
    ) -> Result<(), Stop> {
        for line in sent_lines(sent) {
            self.both(&line);
        }
        let anything = Answer::default();
        let expect = request.expect.as_ref().unwrap_or(&anything);
        self.judge(index, step, expect, came).await
    }

    /// Takes the answers to a request that was sent several times: those that are wrong, and how many there are of each status.
    async fn several(
        &mut self,
        index: usize,
        step: &Step,
        request: &Request,
        all: &[Sent],
        results: Vec<Result<Came, NoAnswer>>,
        more: &str,
    ) -> Result<(), Stop> {
        self.title(step, more);
        for line in all.first().map(sent_lines).unwrap_or_default() {
            self.both(&line);
        }
        let anything = Answer::default();
        let expect = request.expect.as_ref().unwrap_or(&anything);
        let mut counts: BTreeMap<u16, u32> = BTreeMap::new();
        let mut shown = 0;
        let mut failure = None;
        for (number, (sent, result)) in (1_u32..).zip(all.iter().zip(results)) {
            let came = match result {
                Ok(came) => came,
                Err(why) => {
                    failure = failure.or(Some((number, why)));
                    continue;
                }
            };
            *counts.entry(came.status).or_default() += 1;
            let mut variables = self.variables.clone();
            variables.insert("n".to_owned(), Value::from(number));
            let compared = compare(expect, &came, &variables);
            if !compared.faults.is_empty() && shown < SHOWN {
                shown += 1;
                self.both(&format!(
                    "(number {number}) > {} {}",
                    sent.method, sent.target
                ));
                self.want.extend(compared.want);
                self.got.extend(compared.got);
                for what in compared.faults {
                    let what = format!("number {number}: {what}");
                    self.fault(&step.name, FaultKind::Wrong, what);
                }
            }
            self.played.answers[index].push(came);
        }
        let wanted = match &expect.status {
            Statuses::Counts(wanted) => Some(wanted.clone()),
            Statuses::One(status) => u32::try_from(all.len())
                .ok()
                .map(|times| BTreeMap::from([(*status, times)])),
            Statuses::Any => None,
        };
        let line = counts_line(&counts);
        let wanted = wanted.unwrap_or_else(|| counts.clone());
        let wanted: BTreeMap<u16, u32> =
            wanted.into_iter().filter(|(_, count)| *count > 0).collect();
        self.want.push(counts_line(&wanted));
        self.got.push(line);
        if wanted != counts && failure.is_none() && matches!(expect.status, Statuses::Counts(_)) {
            let named: Vec<String> = counts
                .iter()
                .map(|(status, count)| format!("{count} with {}", status_words(*status)))
                .collect();
            let what = format!("of {} answers came {}", all.len(), named.join(", "));
            self.fault(&step.name, FaultKind::Wrong, what);
        }
        match failure {
            None => Ok(()),
            Some((number, why)) => {
                self.got.push(format!("(number {number})"));
                self.no_answer(step, &why).await
            }
        }
    }
}
