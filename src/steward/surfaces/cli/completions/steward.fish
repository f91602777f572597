# fish completion for steward. Put it into force with:
#   steward completion fish > ~/.config/fish/completions/steward.fish
function __steward_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l found ($typed[1] __complete $typed[2..-1] "$current" 2>/dev/null)
    if test "$found" = ":files"
        __fish_complete_path "$current"
    else
        printf '%s\n' $found
    end
end
complete -c steward -f -a '(__steward_complete)'
