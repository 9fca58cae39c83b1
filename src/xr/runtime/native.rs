//! The calls that cross into the graphics driver and the OpenXR loader: foreign code, which the
//! compiler cannot check.
//!
//! The graphics device is made here with what OpenXR runtimes ask of one, whether there is a runtime
//! yet or not. So a headset that is plugged in later, or a runtime that was killed and came back, finds
//! the device of the running program good enough, and the desk never has to start anew.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::path::Path;

use ash::vk::Handle;
use bevy::render::renderer::WgpuWrapper;
use bevy::render::renderer::{RenderAdapter, RenderAdapterInfo, RenderDevice, RenderInstance, RenderQueue};
use bevy::render::settings::RenderCreation;
use bevy::tasks::block_on;
use openxr::{FrameStream, FrameWaiter, Instance, Session, SystemId, Vulkan, vulkan};
use std::sync::Arc;
use wgpu::hal::api::Vulkan as VulkanApi;

/// Vulkan device extensions by which the runtimes of the field share pictures with a program.
/// Those that the driver lacks are left out; a runtime that needs one says so.
const SHARING: [&CStr; 8] = [
    c"VK_KHR_external_memory_fd",
    c"VK_KHR_external_semaphore_fd",
    c"VK_KHR_external_fence_fd",
    c"VK_KHR_external_memory_win32",
    c"VK_KHR_external_semaphore_win32",
    c"VK_KHR_external_fence_win32",
    c"VK_KHR_win32_keyed_mutex",
    c"VK_KHR_timeline_semaphore",
];

/// The OpenXR loader of this computer.
///
/// # Errors
/// In words, where there is none.
pub fn load() -> Result<openxr::Entry, String> {
    #[cfg(windows)]
    return Ok(openxr::Entry::linked());
    #[cfg(not(windows))]
    {
        #[cfg(target_os = "macos")]
        const NAMES: [&str; 1] = ["libopenxr_loader.dylib"];
        // The plain name comes with development packages alone.
        #[cfg(not(target_os = "macos"))]
        const NAMES: [&str; 2] = ["libopenxr_loader.so.1", "libopenxr_loader.so"];
        NAMES
            .iter()
            // SAFETY: these names belong to the OpenXR loader, which keeps to the specification.
            .find_map(|name| unsafe { openxr::Entry::load_from(Path::new(name)) }.ok())
            .ok_or_else(|| "No OpenXR loader is installed on this computer.".to_owned())
    }
}

/// A graphics device that can show a scene on the desk and in a headset.
pub struct Graphics {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
}

impl Graphics {
    /// Opens the graphics card that the headset is plugged into, or the fastest where no headset says
    /// anything.
    ///
    /// # Errors
    /// In words, where there is no Vulkan driver or none that can do what is needed.
    pub fn open(headset: Option<(&Instance, SystemId)>) -> Result<Self, String> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
            backends: wgpu::Backends::VULKAN,
            flags: wgpu::InstanceFlags::default().with_env(),
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        });
        let plugged = headset.and_then(|(runtime, system)| {
            block_on(instance.enumerate_adapters(wgpu::Backends::VULKAN))
                .into_iter()
                .find(|adapter| drives_headset(adapter, runtime, system))
        });
        let adapter = match plugged {
            Some(adapter) => adapter,
            None => block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                ..Default::default()
            }))
            .map_err(|error| format!("There is no Vulkan driver: {error}."))?,
        };
        let (device, queue) = open_device(&adapter)?;
        Ok(Self { instance, adapter, device, queue })
    }

    /// For Bevy to draw with.
    pub fn into_creation(self) -> RenderCreation {
        RenderCreation::manual(
            RenderDevice::from(self.device),
            RenderQueue(Arc::new(WgpuWrapper::new(self.queue))),
            RenderAdapterInfo(WgpuWrapper::new(self.adapter.get_info())),
            RenderAdapter(Arc::new(WgpuWrapper::new(self.adapter))),
            RenderInstance(Arc::new(WgpuWrapper::new(self.instance))),
        )
    }
}

fn open_device(adapter: &wgpu::Adapter) -> Result<(wgpu::Device, wgpu::Queue), String> {
    let info = adapter.get_info();
    let mut features = adapter.features();
    // As Bevy does: mapping the memory of a card of its own goes over the bus.
    if info.device_type == wgpu::DeviceType::DiscreteGpu {
        features.remove(wgpu::Features::MAPPABLE_PRIMARY_BUFFERS);
    }
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("twinscope"),
        required_features: features,
        required_limits: adapter.limits(),
        memory_hints: wgpu::MemoryHints::Performance,
        trace: wgpu::Trace::Off,
        // SAFETY: experimental features are among those of the adapter; nothing here uses them.
        experimental_features: unsafe { wgpu::ExperimentalFeatures::enabled() },
    };
    let words = |error: &dyn std::fmt::Display| format!("The graphics card {} cannot be opened: {error}.", info.name);
    // SAFETY: the raw adapter is only asked, and dropped before the adapter is.
    let raw = unsafe { adapter.as_hal::<VulkanApi>() }.ok_or_else(|| words(&"it has no Vulkan driver"))?;
    let offered = device_extensions(&raw);
    // SAFETY: the callback adds extensions that the driver offers, and removes nothing.
    let open = unsafe {
        raw.open_with_callback(
            features,
            &descriptor.required_limits,
            &descriptor.memory_hints,
            Some(Box::new(|arguments| {
                for extension in SHARING {
                    if offered.iter().any(|name| name.as_c_str() == extension)
                        && !arguments.extensions.contains(&extension)
                    {
                        arguments.extensions.push(extension);
                    }
                }
            })),
        )
    };
    let open = open.map_err(|error| words(&error))?;
    // SAFETY: the device was opened just now, on this adapter and as described.
    unsafe { adapter.create_device_from_hal::<VulkanApi>(open, &descriptor) }.map_err(|error| words(&error))
}

/// Names of the extensions that a driver offers.
fn device_extensions(adapter: &wgpu::hal::vulkan::Adapter) -> Vec<std::ffi::CString> {
    let instance = adapter.shared_instance().raw_instance();
    // SAFETY: instance and physical device belong together and live as long as the adapter.
    let offered = unsafe { instance.enumerate_device_extension_properties(adapter.raw_physical_device()) };
    let names = offered.unwrap_or_default();
    names.iter().filter_map(|extension| extension.extension_name_as_c_str().ok()).map(CStr::to_owned).collect()
}

/// True for the graphics card that the runtime wants pictures from.
fn drives_headset(adapter: &wgpu::Adapter, runtime: &Instance, system: SystemId) -> bool {
    // SAFETY: the raw adapter is only asked.
    let Some(raw) = (unsafe { adapter.as_hal::<VulkanApi>() }) else { return false };
    let instance = raw.shared_instance().raw_instance().handle().as_raw() as openxr::sys::platform::VkInstance;
    // SAFETY: the handle is that of a living Vulkan instance.
    let wanted = unsafe { runtime.vulkan_graphics_device(system, instance) };
    wanted.is_ok_and(|wanted| wanted as u64 == raw.raw_physical_device().as_raw())
}

/// Begins a session that shows pictures of this device.
///
/// # Errors
/// In words, where the runtime does not take the device.
pub fn begin_session(
    runtime: &Instance,
    system: SystemId,
    device: &wgpu::Device,
) -> Result<(Session<Vulkan>, FrameWaiter, FrameStream<Vulkan>), String> {
    let error = |error: openxr::sys::Result| format!("The runtime refuses to begin: {error}.");
    // Runtimes insist on being asked before a session begins.
    runtime.graphics_requirements::<Vulkan>(system).map_err(error)?;
    // SAFETY: the raw device is only asked for its handles, which live as long as the program.
    let raw = unsafe { device.as_hal::<VulkanApi>() }.ok_or("The window is not drawn by Vulkan.")?;
    let info = vulkan::SessionCreateInfo {
        instance: raw.shared_instance().raw_instance().handle().as_raw() as _,
        physical_device: raw.raw_physical_device().as_raw() as _,
        device: raw.raw_device().handle().as_raw() as _,
        queue_family_index: raw.queue_family_index(),
        queue_index: raw.queue_index(),
    };
    // SAFETY: as above.
    let wanted = unsafe { runtime.vulkan_graphics_device(system, info.instance) }.map_err(error)?;
    if wanted != info.physical_device {
        return Err("The headset is plugged into another graphics card than the window is drawn by. \
                    Start twinscope again while the headset is on."
            .to_owned());
    }
    // SAFETY: the handles are valid and belong together. The queue is used by one thread at a time: the
    // program draws without pipelining while it has a headset.
    unsafe { runtime.create_session::<Vulkan>(system, &info) }.map_err(error)
}
