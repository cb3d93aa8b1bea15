package completion

import (
	"fmt"
	"strings"
)

func bash(name string, verbs []verb) string {
	var b strings.Builder
	fmt.Fprintf(&b, `# bash completion for %[1]s
_%[1]s() {
  local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" verb="" i
  # bash takes --flag=value for three words.
  if [[ $cur == = ]]; then cur=""; elif [[ $prev == = ]]; then prev="${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
`, name)
	for _, v := range verbs[1:] {
		fmt.Fprintf(&b, "    %[1]s) verb=%[1]s; break ;;\n", v.name)
	}
	b.WriteString("    esac\n  done\n  case \"$verb $prev\" in\n")
	for _, v := range verbs {
		for _, f := range v.flags {
			switch {
			case len(f.words) > 0:
				fmt.Fprintf(&b, "  %s) COMPREPLY=($(compgen -W %s -- \"$cur\")); return ;;\n", quote(v.name+" "+f.long), quote(strings.Join(f.words, " ")))
			case f.file:
				fmt.Fprintf(&b, "  %s) COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n", quote(v.name+" "+f.long))
			case f.value:
				fmt.Fprintf(&b, "  %s) COMPREPLY=(); return ;;\n", quote(v.name+" "+f.long))
			}
		}
	}
	b.WriteString("  esac\n  case \"$verb\" in\n")
	for _, v := range verbs {
		all := append([]string(nil), v.words...)
		if v.name == "" {
			for _, o := range verbs[1:] {
				all = append(all, o.name)
			}
		}
		for _, f := range v.flags {
			all = append(all, f.long)
		}
		fmt.Fprintf(&b, "  %s) COMPREPLY=($(compgen -W %s -- \"$cur\")) ;;\n", quote(v.name), quote(strings.Join(all, " ")))
	}
	fmt.Fprintf(&b, "  esac\n}\ncomplete -o default -F _%[1]s %[1]s\n", name)
	return b.String()
}

// zshText is help in a specification of _arguments or _describe.
func zshText(s string) string {
	return strings.NewReplacer("[", "(", "]", ")", ":", " -", `\`, "").Replace(first(s))
}

func zsh(name string, verbs []verb) string {
	var b strings.Builder
	fmt.Fprintf(&b, "#compdef %[1]s\n_%[1]s() {\n  local -a verbs\n  verbs=(\n", name)
	for _, v := range verbs[1:] {
		fmt.Fprintf(&b, "    %s\n", quote(v.name+":"+zshText(v.help)))
	}
	b.WriteString("  )\n  if (( CURRENT == 2 )) && [[ ${words[2]} != -* ]]; then\n    _describe command verbs\n    return\n  fi\n")
	b.WriteString("  local verb=${words[2]}\n  (( CURRENT > 2 )) && { shift words; (( CURRENT-- )) }\n  case $verb in\n")
	for _, v := range append(verbs[1:], verbs[0]) {
		pattern := v.name
		if pattern == "" {
			pattern = "*"
		}
		fmt.Fprintf(&b, "  %s)\n    _arguments \\\n", pattern)
		for _, f := range v.flags {
			spec := f.long
			if f.value {
				spec += "="
			}
			spec += "[" + zshText(f.help) + "]"
			switch {
			case len(f.words) > 0:
				spec += ":value:(" + strings.Join(f.words, " ") + ")"
			case f.file:
				spec += ":file:_files"
			case f.value:
				spec += ":value:"
			}
			fmt.Fprintf(&b, "      %s \\\n", quote(spec))
		}
		if len(v.words) > 0 {
			fmt.Fprintf(&b, "      %s\n", quote("*:argument:("+strings.Join(v.words, " ")+")"))
		} else {
			b.WriteString("      '*:argument:'\n")
		}
		b.WriteString("    ;;\n")
	}
	fmt.Fprintf(&b, "  esac\n}\n# Sourced, or called as a function that zsh found in its fpath.\nif [[ ${funcstack[1]} == _%[1]s ]]; then _%[1]s \"$@\"; else compdef _%[1]s %[1]s; fi\n", name)
	return b.String()
}

func fish(name string, verbs []verb) string {
	var b strings.Builder
	quoted := func(s string) string {
		return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
	}
	fmt.Fprintf(&b, "# fish completion for %s\ncomplete -c %[1]s -f\n", name)
	for _, v := range verbs {
		when := "__fish_use_subcommand"
		if v.name != "" {
			fmt.Fprintf(&b, "complete -c %s -n __fish_use_subcommand -a %s -d %s\n", name, v.name, quoted(first(v.help)))
			when = quoted("__fish_seen_subcommand_from " + v.name)
		}
		if len(v.words) > 0 {
			fmt.Fprintf(&b, "complete -c %s -n %s -a %s\n", name, when, quoted(strings.Join(v.words, " ")))
		}
		for _, f := range v.flags {
			fmt.Fprintf(&b, "complete -c %s -n %s -l %s", name, when, strings.TrimPrefix(f.long, "--"))
			if f.short != "" {
				fmt.Fprintf(&b, " -s %s", strings.TrimPrefix(f.short, "-"))
			}
			switch {
			case len(f.words) > 0:
				fmt.Fprintf(&b, " -x -a %s", quoted(strings.Join(f.words, " ")))
			case f.file:
				b.WriteString(" -r -F")
			case f.value:
				b.WriteString(" -x")
			}
			fmt.Fprintf(&b, " -d %s\n", quoted(first(f.help)))
		}
	}
	return b.String()
}
