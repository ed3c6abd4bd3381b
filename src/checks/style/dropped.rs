//! The rule about errors that nobody looks at.
//!
//! Types aren't known here. What a call gives is told where the names lead there: a function of the submission or one that
//! [`super::standard`] knows, and methods of variables, parameters and fields whose type is written or comes of such a
//! function. Where they don't lead there, nothing is said.

use std::collections::BTreeMap;

use super::ground::{Ground, Remark, Source, receiver_of};
use super::standard;
use crate::gosource::{
    Binding, BoundTo, Drop, Dropped, Expression, OutlinedKind, Signature, TypeOutline,
    VariableOutline,
};
use crate::model::StyleRule;

/// Methods of the submission's own types that fail as rarely, or matter as little, as their namesakes elsewhere.
const HARMLESS: [&str; 5] = ["Write", "WriteString", "WriteByte", "WriteRune", "Flush"];

/// How functions begin that clear up as well as can be.
const CLEARING_UP: [&str; 4] = ["close", "remove", "rollback", "cleanup"];

/// How many names are followed from one to the next.
const FAR: u32 = 8;

pub(super) fn ignored_error(ground: &Ground<'_>) -> Vec<Remark> {
    let known = Known::of(ground);
    let mut remarks = Vec::new();
    for source in ground.code() {
        for declared in &source.outline.declarations {
            let OutlinedKind::Function(function) = &declared.kind else {
                continue;
            };
            for dropped in &function.dropped {
                let place = Within {
                    source,
                    bindings: &function.bindings,
                    at: dropped.position.offset,
                };
                if known.fails(place, dropped) && !is_deliberate(source, dropped) {
                    let message = match dropped.how {
                        Drop::Statement => format!("the error of {} is ignored", dropped.spelt),
                        Drop::Blank => format!(
                            "the error of {} is dropped, and no comment says why",
                            dropped.spelt
                        ),
                    };
                    remarks.push(source.remark(StyleRule::IgnoredError, dropped.position, message));
                }
            }
        }
    }
    remarks
}

/// Whether a comment on its line, or on the one above, says why: any will do beside a `_`, which says already that something
/// is dropped; else it must speak of that.
fn is_deliberate(source: &Source, dropped: &Dropped) -> bool {
    let line = dropped.position.line;
    source.outline.comments.iter().any(|comment| {
        let is_beside =
            comment.position.line == line || comment.is_alone && comment.last_line + 1 == line;
        let speaks_of_it = match dropped.how {
            Drop::Blank => true,
            Drop::Statement => ["error", "ignore", "best effort"]
                .iter()
                .any(|word| comment.text.contains(word)),
        };
        is_beside && speaks_of_it
    })
}

/// Whether nobody minds what becomes of a call of one of the submission's own functions.
fn is_harmless(callee: &Expression) -> bool {
    let (name, is_method) = match callee {
        Expression::Member(_, name) => (name, true),
        Expression::Name(name) => (name, false),
        Expression::Call(_) | Expression::Literal(_) | Expression::Other => return false,
    };
    let lower = name.to_lowercase();
    is_method && HARMLESS.contains(&name.as_str())
        || CLEARING_UP
            .iter()
            .any(|beginning| lower.starts_with(beginning))
}

/// Where an expression stands.
#[derive(Clone, Copy)]
struct Within<'g> {
    source: &'g Source,
    bindings: &'g [Binding],
    /// How many bytes stand before it.
    at: usize,
}

/// A named type, by the import path of its package.
type Named = (String, String);

/// What all packages of the module declare, by import path.
struct Known<'g> {
    functions: BTreeMap<(String, &'g str), (&'g Source, &'g Signature)>,
    /// By import path, type, name; an interface's methods too.
    methods: BTreeMap<(String, &'g str, &'g str), (&'g Source, &'g Signature)>,
    types: BTreeMap<(String, &'g str), (&'g Source, &'g TypeOutline)>,
    variables: BTreeMap<(String, &'g str), (&'g Source, &'g VariableOutline)>,
    module: &'g str,
}

/// What is called.
enum Callee<'g> {
    /// Something of the module's.
    Own(&'g Source, &'g Signature),
    /// A function of another package: import path, name.
    Function(String, String),
    /// A method of another package's type.
    Method(Named, String),
}

impl<'g> Known<'g> {
    fn of(ground: &'g Ground<'_>) -> Self {
        let mut known = Self {
            functions: BTreeMap::new(),
            methods: BTreeMap::new(),
            types: BTreeMap::new(),
            variables: BTreeMap::new(),
            module: ground.module,
        };
        for source in ground.all_code() {
            let path = ground.import_path(&source.folder);
            for declared in &source.outline.declarations {
                let name = declared.name.as_str();
                match &declared.kind {
                    OutlinedKind::Function(function) => {
                        let found = (source, &function.signature);
                        if let Some(of) = receiver_of(&declared.kind) {
                            known.methods.insert((path.clone(), of, name), found);
                        } else {
                            known.functions.insert((path.clone(), name), found);
                        }
                    }
                    OutlinedKind::Type(outline) => {
                        for (method, signature) in &outline.methods {
                            let key = (path.clone(), name, method.as_str());
                            known.methods.insert(key, (source, signature));
                        }
                        known.types.insert((path.clone(), name), (source, outline));
                    }
                    OutlinedKind::Variable(variable) => {
                        known
                            .variables
                            .insert((path.clone(), name), (source, variable));
                    }
                    OutlinedKind::Constant => {}
                }
            }
        }
        known
    }

    /// Whether the last result of a call is an error that matters.
    fn fails(&self, place: Within<'g>, dropped: &Dropped) -> bool {
        match self.callee(place, &dropped.callee, FAR) {
            None => false,
            Some(Callee::Own(_, signature)) => {
                !is_harmless(&dropped.callee)
                    && signature.results.last().is_some_and(|last| last == "error")
            }
            // What is read to be thrown away is read as far as it goes.
            Some(Callee::Function(path, name)) => {
                let discards = dropped.argument.as_ref().is_some_and(|argument| {
                    place.source.symbol(argument) == Some(("io", "Discard"))
                });
                !discards && standard::function_fails(&path, &name)
            }
            Some(Callee::Method((path, of), name)) => standard::method_fails(&path, &of, &name),
        }
    }

    fn path_of(&self, source: &Source) -> String {
        if source.folder == "." {
            self.module.to_owned()
        } else {
            format!("{}/{}", self.module, source.folder)
        }
    }

    fn callee(&self, place: Within<'g>, callee: &Expression, far: u32) -> Option<Callee<'g>> {
        let far = far.checked_sub(1)?;
        match callee {
            Expression::Name(name) => {
                if is_bound(place, name) {
                    return None;
                }
                let key = (self.path_of(place.source), name.as_str());
                let (source, signature) = self.functions.get(&key)?;
                Some(Callee::Own(source, signature))
            }
            Expression::Member(inner, name) => {
                if let Expression::Name(package) = &**inner
                    && !is_bound(place, package)
                    && let Some(path) = place.source.import_called(package)
                {
                    let own = self.functions.get(&(path.to_owned(), name.as_str()));
                    return Some(match own {
                        Some((source, signature)) => Callee::Own(source, signature),
                        None => Callee::Function(path.to_owned(), name.clone()),
                    });
                }
                let of = self.type_of(place, inner, far)?;
                self.method(of, name, far)
            }
            Expression::Call(_) | Expression::Literal(_) | Expression::Other => None,
        }
    }

    fn method(&self, of: Named, name: &str, far: u32) -> Option<Callee<'g>> {
        let far = far.checked_sub(1)?;
        let own = self.methods.get(&(of.0.clone(), of.1.as_str(), name));
        if let Some((source, signature)) = own {
            return Some(Callee::Own(source, signature));
        }
        let Some((source, outline)) = self.types.get(&(of.0.clone(), of.1.as_str())) else {
            return Some(Callee::Method(of, name.to_owned()));
        };
        let embedded = outline.fields.iter().filter(|field| field.name.is_none());
        embedded
            .filter_map(|field| self.named(source, &field.of))
            .filter_map(|of| self.method(of, name, far))
            .find(|callee| match callee {
                Callee::Own(..) => true,
                Callee::Function(..) => false,
                Callee::Method((path, of), name) => standard::method_fails(path, of, name),
            })
    }

    fn type_of(&self, place: Within<'g>, expression: &Expression, far: u32) -> Option<Named> {
        let far = far.checked_sub(1)?;
        match expression {
            Expression::Name(name) => {
                if let Some(binding) = binding_of(place, name) {
                    return self.type_of_binding(place, binding, far);
                }
                let key = (self.path_of(place.source), name.as_str());
                let (source, variable) = self.variables.get(&key)?;
                self.type_of_variable(source, variable, far)
            }
            Expression::Member(inner, name) => {
                if let Expression::Name(package) = &**inner
                    && !is_bound(place, package)
                    && let Some(path) = place.source.import_called(package)
                {
                    let key = (path.to_owned(), name.as_str());
                    let (source, variable) = self.variables.get(&key)?;
                    return self.type_of_variable(source, variable, far);
                }
                let of = self.type_of(place, inner, far)?;
                self.field(&of, name, far)
            }
            Expression::Call(callee) => self.result(place, callee, 0, far),
            Expression::Literal(of) => self.named(place.source, of),
            Expression::Other => None,
        }
    }

    fn type_of_variable(
        &self,
        source: &'g Source,
        variable: &VariableOutline,
        far: u32,
    ) -> Option<Named> {
        if let Some(of) = &variable.of {
            return self.named(source, of);
        }
        let place = Within {
            source,
            bindings: &[],
            at: 0,
        };
        self.type_of(place, &variable.value, far)
    }

    fn type_of_binding(&self, place: Within<'g>, binding: &Binding, far: u32) -> Option<Named> {
        // What it is bound to is said before it is known itself.
        let place = Within {
            at: binding.scope.start.saturating_sub(1),
            ..place
        };
        match &binding.to {
            BoundTo::Type(of) => self.named(place.source, of),
            BoundTo::Result(callee, index) => self.result(place, callee, *index, far),
            BoundTo::Value(value) => self.type_of(place, value, far),
            BoundTo::Unknown => None,
        }
    }

    fn result(
        &self,
        place: Within<'g>,
        callee: &Expression,
        index: usize,
        far: u32,
    ) -> Option<Named> {
        match self.callee(place, callee, far)? {
            Callee::Own(source, signature) => self.named(source, signature.results.get(index)?),
            Callee::Function(path, name) => {
                let (package, of) = standard::made_by(&path, &name).filter(|_| index == 0)?;
                Some((package.to_owned(), of.to_owned()))
            }
            Callee::Method(..) => None,
        }
    }

    fn field(&self, of: &Named, name: &str, far: u32) -> Option<Named> {
        let far = far.checked_sub(1)?;
        let (source, outline) = self.types.get(&(of.0.clone(), of.1.as_str()))?;
        let is_called = |field: &&crate::gosource::Variable| match &field.name {
            Some(own) => own == name,
            None => field.of.trim_start_matches('*').rsplit('.').next() == Some(name),
        };
        if let Some(field) = outline.fields.iter().find(is_called) {
            return self.named(source, &field.of);
        }
        let embedded = outline.fields.iter().filter(|field| field.name.is_none());
        embedded
            .filter_map(|field| self.named(source, &field.of))
            .find_map(|of| self.field(&of, name, far))
    }

    /// The named type that a spelling means, with or without a pointer to it.
    fn named(&self, source: &Source, of: &str) -> Option<Named> {
        let of = of.strip_prefix('*').unwrap_or(of);
        let name = of.split('[').next().unwrap_or(of);
        let is_name =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        match name.split_once('.') {
            Some((package, name)) if is_name(package) && is_name(name) => {
                Some((source.import_called(package)?.to_owned(), name.to_owned()))
            }
            None if is_name(name) => Some((self.path_of(source), name.to_owned())),
            Some(_) | None => None,
        }
    }
}

/// What a name is bound to in the innermost scope that binds it.
fn binding_of<'g>(place: Within<'g>, name: &str) -> Option<&'g Binding> {
    let bindings = place.bindings.iter();
    bindings
        .filter(|binding| binding.name == name && binding.scope.contains(&place.at))
        .max_by_key(|binding| binding.scope.start)
}

fn is_bound(place: Within<'_>, name: &str) -> bool {
    binding_of(place, name).is_some()
}
