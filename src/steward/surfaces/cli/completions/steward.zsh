#compdef steward
# zsh completion for steward. Put it into force with:
#   steward completion zsh > "${fpath[1]}/_steward"
_steward() {
    local line meaning
    local -a found
    for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        if [[ $line == ":files" ]]; then
            _files
            return
        fi
        meaning="${line#*$'\t'}"
        [[ $line == *$'\t'* ]] && meaning=":$meaning" || meaning=""
        [[ -n $line ]] && found+=("${${line%%$'\t'*}//:/\\:}$meaning")
    done
    (( ${#found} )) && _describe 'steward' found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _steward "$@"
else
    compdef _steward steward
fi
