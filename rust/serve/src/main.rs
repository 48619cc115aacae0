//! The program that TensorBoard starts if `TENSORBOARD_DATA_SERVER_BINARY` names it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    tensorbolt_serve::run(&arguments).into()
}
