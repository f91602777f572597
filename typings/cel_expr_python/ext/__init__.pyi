# Extensions of the language.
