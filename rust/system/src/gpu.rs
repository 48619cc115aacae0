//! NVIDIA's GPUs, as the driver's library NVML describes them.

use nvml_wrapper::enum_wrappers::device::{Clock, TemperatureSensor};
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::{Device, Nvml};

use crate::values::{Values, percent, put};

/// GPUs that can be asked; none where there is no library, no driver or no permission.
#[derive(Debug, Default)]
pub(crate) struct Gpus {
    nvml: Option<Nvml>,
    numbers: Vec<u32>,
}

impl Gpus {
    /// Loads the library and looks for GPUs. What is missing is appended to `notices`, one sentence at most.
    pub(crate) fn open(notices: &mut Vec<String>) -> Self {
        let found = Nvml::init().map_err(why).and_then(Self::find);
        found.unwrap_or_else(|why| {
            notices.push(format!("no GPU is logged: {why}"));
            Self::default()
        })
    }

    fn find(nvml: Nvml) -> Result<Self, String> {
        let count = nvml.device_count().map_err(why)?;
        if count == 0 {
            return Err("NVIDIA's driver knows none".into());
        }
        let mut failures = Vec::new();
        let numbers = (0..count)
            .filter(|&number| match nvml.device_by_index(number) {
                Ok(_) => true,
                Err(error) => {
                    failures.push((number, error));
                    false
                }
            })
            .collect::<Vec<_>>();
        for (number, error) in &failures {
            log::warn!("GPU {number} cannot be asked: {error}");
        }
        match failures.pop() {
            Some((number, error)) if numbers.is_empty() => {
                Err(format!("GPU {number} cannot be asked: {}", why(error)))
            }
            _ => Ok(Self {
                nvml: Some(nvml),
                numbers,
            }),
        }
    }

    pub(crate) fn sample(&self, values: &mut Values) {
        let Some(nvml) = &self.nvml else { return };
        for &number in &self.numbers {
            match nvml.device_by_index(number) {
                Ok(device) => sample(&device, number, values),
                Err(error) => log::warn!("GPU {number} cannot be asked: {error}"),
            }
        }
    }
}

/// Appends what a GPU can say; not every model, driver and partition knows all of it.
fn sample(device: &Device<'_>, number: u32, values: &mut Values) {
    let mut put =
        |name: &str, value: Option<f64>| put(values, &format!("gpu/{number}/{name}"), value);
    let whole = |answer: Result<u32, NvmlError>| answer.ok().map(f64::from);
    let busy = device.utilization_rates().map(|rates| rates.gpu);
    put("usage_percent", whole(busy));
    if let Ok(memory) = device.memory_info() {
        put("memory_bytes", Some(memory.used as f64));
        put("memory_percent", percent(memory.used, memory.total));
    }
    let temperature = device.temperature(TemperatureSensor::Gpu);
    put("temperature_celsius", whole(temperature));
    let milliwatts = whole(device.power_usage());
    put("power_watts", milliwatts.map(|power| power / 1000.0));
    put("sm_clock_megahertz", whole(device.clock_info(Clock::SM)));
    put(
        "memory_clock_megahertz",
        whole(device.clock_info(Clock::Memory)),
    );
}

/// The reason for people, and what to do about it where something can be done.
fn why(error: NvmlError) -> String {
    match error {
        NvmlError::LibloadingError(_) => {
            "NVIDIA's library libnvidia-ml is not on this machine".into()
        }
        NvmlError::DriverNotLoaded => "NVIDIA's driver is not loaded".into(),
        NvmlError::NoPermission => {
            "this user may not ask NVIDIA's driver; see the permissions of /dev/nvidiactl".into()
        }
        error => format!("NVIDIA's library answers: {error}"),
    }
}
