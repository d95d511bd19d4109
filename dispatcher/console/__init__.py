"""How the operators' pages speak: names, words, small pieces of HTML. Other apps may use it."""
