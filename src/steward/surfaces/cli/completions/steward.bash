# bash completion for steward. Put it into force with:
#   steward completion bash > ~/.local/share/bash-completion/completions/steward
_steward() {
    local value _
    COMPREPLY=()
    while IFS=$'\t' read -r value _; do
        if [[ $value == ":files" ]]; then
            compopt -o default
        elif [[ -n $value ]]; then
            COMPREPLY+=("$value")
        fi
    done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _steward steward
