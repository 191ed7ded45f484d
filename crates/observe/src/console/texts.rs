//! The words of the pages made here, Spanish with English beside it. Those of the scripts are in `assets/console/texts.js`.

use http::{HeaderMap, header};

use super::cookies;

/// The language of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    Es,
    En,
}

impl Lang {
    /// What was chosen by the switch, else what the browser prefers of the two, else Spanish.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if let Some(chosen) = cookies::read(headers, cookies::LANGUAGE).and_then(Self::parse) {
            return chosen;
        }
        let accepted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok());
        accepted.map_or(Self::Es, Self::negotiate)
    }

    pub(super) fn parse(code: &str) -> Option<Self> {
        match code {
            "es" => Some(Self::Es),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// RFC 9110, 12.5.4: the one of higher weight, the first among equals.
    fn negotiate(accepted: &str) -> Self {
        let weighed = accepted.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next()?.split('-').next()?.to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.strip_prefix("q="))
                .map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
            Some((Self::parse(&tag)?, weight))
        });
        let mut best = (Self::Es, 0.0);
        for (lang, weight) in weighed {
            if weight > best.1 {
                best = (lang, weight);
            }
        }
        best.0
    }

    /// The tag of `<html lang>`.
    pub(super) fn tag(self) -> &'static str {
        match self {
            Self::Es => "es-MX",
            Self::En => "en",
        }
    }

    pub(super) fn pick(self, es: &'static str, en: &'static str) -> &'static str {
        match self {
            Self::Es => es,
            Self::En => en,
        }
    }
}

macro_rules! texts {
    ($($(#[$about:meta])* $name:ident: $es:literal, $en:literal;)*) => {
        /// Everything a page of ours says.
        #[derive(Clone, Copy)]
        pub(super) struct Texts(pub(super) Lang);
        impl Texts {
            $($(#[$about])* pub(super) fn $name(self) -> &'static str { self.0.pick($es, $en) })*
        }
    };
}

texts! {
    console: "Consola", "Console";
    overview: "Resumen", "Overview";
    dashboards: "Tableros", "Dashboards";
    explore: "Métricas", "Metrics";
    logs: "Registros", "Logs";
    traces: "Trazas", "Traces";
    alerts: "Alertas", "Alerts";
    silences: "Silencios", "Silences";
    targets: "Procesos", "Processes";
    resilience: "Resiliencia", "Resilience";
    mail: "Correos", "Mail";
    sign_in: "Entrar", "Log in";
    sign_out: "Salir", "Log out";
    username: "Usuario", "User name";
    password: "Contraseña", "Password";
    wrong: "El usuario o la contraseña no son correctos.", "That is not the user name or not the password.";
    busy: "Hay demasiados intentos a la vez. Vuelva a intentarlo en un momento.", "Too many are trying at once. Try again in a moment.";
    too_often: "Demasiados intentos fallidos. Vuelva a intentarlo más tarde.", "Too many failed tries. Try again later.";
    skip: "Ir al contenido", "Skip to content";
    menu: "Menú", "Menu";
    theme: "Claro u oscuro", "Light or dark";
    other_language: "English", "Español";
    needs_script: "La consola dibuja sus páginas en el navegador: permita JavaScript para verla.", "The console draws its pages in the browser: allow JavaScript to see it.";
    loading: "Cargando…", "Loading…";
    not_found: "Esa página no existe.", "There is no such page.";
    home: "Ir al resumen", "Go to the overview";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_negotiated() {
        for (accepted, lang) in [
            ("es-MX,es;q=0.9,en;q=0.8", Lang::Es),
            ("en-GB,en;q=0.9,es;q=0.1", Lang::En),
            ("de,fr;q=0.9", Lang::Es),
            ("de,en;q=0.2", Lang::En),
            ("", Lang::Es),
            ("en;q=nothing", Lang::Es),
        ] {
            assert_eq!(Lang::negotiate(accepted), lang, "{accepted}");
        }
    }
}
