"""Work screen in the browser: what to do now, acting on it by a key, and the report, served on 127.0.0.1 alone."""
