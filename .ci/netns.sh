# A network namespace for a Docker engine and its tests, with a way out; for .ci/run.
#
# An engine's networks come and go with its containers, and with every address of the machine that does, a browser drops
# its connections (Chromium's ERR_NETWORK_CHANGED). Apart from the tests with browsers, the engine does not disturb them.

netns=gatehouse-ci

make_netns() {
  command -v ip iptables >/dev/null || apt-get install -qq -y iproute2 iptables >/dev/null || return
  ip netns add "$netns" && made_netns=yes || return
  ip link add "$netns" type veth peer name outside netns "$netns" &&
    ip address add 198.18.0.1/30 dev "$netns" && ip link set "$netns" up &&
    ip -n "$netns" address add 198.18.0.2/30 dev outside && ip -n "$netns" link set outside up &&
    ip -n "$netns" link set lo up && ip -n "$netns" route add default via 198.18.0.1 &&
    forwarding=$(cat /proc/sys/net/ipv4/ip_forward) && echo 1 >/proc/sys/net/ipv4/ip_forward &&
    way_out -I
}

# Adds the rules for what leaves it (-I), or deletes them (-D).
way_out() {
  iptables "$1" FORWARD -i "$netns" -j ACCEPT &&
    iptables "$1" FORWARD -o "$netns" -j ACCEPT &&
    iptables -t nat "$1" POSTROUTING -s 198.18.0.0/30 -j MASQUERADE
}

remove_netns() {
  [ -n "${made_netns:-}" ] || return 0
  way_out -D
  [ -z "${forwarding:-}" ] || echo "$forwarding" >/proc/sys/net/ipv4/ip_forward
  ip netns delete "$netns"
  made_netns=
}

# Runs a command in it, or where it could not be made, here.
at_engine() { ${made_netns:+nsenter --net=/run/netns/$netns} "$@"; }
