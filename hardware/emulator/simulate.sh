#!/bin/sh
# Runs on the emulated Pi, as root: hardware that is not there, from the kernel itself.
set -e
# A camera that shows moving test pictures.
modprobe vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0
# Pins: a chip with 28 lines, as a Pi's header has; /sys shows and pulls them from the other side.
modprobe gpio-sim
pins=/sys/kernel/config/gpio-sim/pins
mkdir "$pins" "$pins/bank"
echo 28 >"$pins/bank/num_lines"
echo 1 >"$pins/live"
chip=$(cat "$pins/bank/chip_name")
chmod -R o+rw "/sys/devices/platform/$(cat "$pins/dev_name")/$chip"/sim_gpio*
udevadm settle
echo "/dev/$chip" >/run/lowres/simulated-chip
